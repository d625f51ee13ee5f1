variable "ssl_policy" {
  type = string
}

variable "action" {
  type = string
}

variable "region" {
  type = string
}

provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "tokyo"
  region = "ap-northeast-1"
}

provider "aws" {
  alias  = "elsewhere"
  region = var.region
}

# expect: PASS data-in-allowed-jurisdiction
resource "aws_lb" "front" {
  name = "fixture-front"
}

# expect: FAIL data-in-allowed-jurisdiction
resource "aws_lb" "tokyo" {
  provider = aws.tokyo
  name     = "fixture-tokyo"
}

# expect: UNKNOWN data-in-allowed-jurisdiction
resource "aws_lb" "elsewhere" {
  provider = aws.elsewhere
  name     = "fixture-elsewhere"
}

# Without ssl_policy the API chooses ELBSecurityPolicy-2016-08, which accepts TLS 1.0.
# expect: PASS transport-encrypted, FAIL tls-minimum-version
resource "aws_lb_listener" "unset" {
  load_balancer_arn = aws_lb.front.arn
  port              = 443
  protocol          = "HTTPS"
  default_action {
    type = "fixed-response"
  }
}

# expect: PASS transport-encrypted, PASS tls-minimum-version
resource "aws_lb_listener" "modern" {
  load_balancer_arn = aws_lb.front.arn
  port              = 8443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
  default_action {
    type = "fixed-response"
  }
}

# expect: PASS transport-encrypted, UNKNOWN tls-minimum-version
resource "aws_lb_listener" "undecided" {
  load_balancer_arn = aws_lb.front.arn
  port              = 9443
  protocol          = "TLS"
  ssl_policy        = var.ssl_policy
  default_action {
    type = "forward"
  }
}

# A name that no table knows is no proof.
# expect: UNKNOWN tls-minimum-version
resource "aws_lb_listener" "future" {
  load_balancer_arn = aws_lb.front.arn
  port              = 10443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-Of-The-Future"
  default_action {
    type = "forward"
  }
}

# expect: FAIL transport-encrypted, NOT_APPLICABLE tls-minimum-version
resource "aws_lb_listener" "plain" {
  load_balancer_arn = aws_lb.front.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "forward"
  }
}

# expect: PASS transport-encrypted
resource "aws_lb_listener" "redirect" {
  load_balancer_arn = aws_lb.front.arn
  port              = 8080
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

# The default action redirects, but a rule serves plain text.
# expect: FAIL transport-encrypted
resource "aws_lb_listener" "leaky" {
  load_balancer_arn = aws_lb.front.arn
  port              = 8081
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener_rule" "leak" {
  listener_arn = aws_lb_listener.leaky.arn
  action {
    type = "forward"
  }
  condition {
    path_pattern {
      values = ["/health"]
    }
  }
}

# expect: UNKNOWN transport-encrypted
resource "aws_lb_listener" "maybe" {
  load_balancer_arn = aws_lb.front.arn
  port              = 8082
  protocol          = "HTTP"
  default_action {
    type = var.action
    redirect {
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}
