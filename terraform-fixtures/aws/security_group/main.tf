variable "admin_ranges" {
  type = list(string)
}

variable "rules" {
  type = list(object({ port = number, cidr = string }))
}

variable "group" {
  type    = string
  default = "sg-0123456789abcdef0"
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  open_ports = [22, 443]
}

# expect: PASS sensitive-ports-closed-to-world
resource "aws_security_group" "web" {
  name = "fixture-web"
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# expect: FAIL sensitive-ports-closed-to-world
resource "aws_security_group" "ssh" {
  name = "fixture-ssh"
  ingress {
    from_port   = 0
    to_port     = 1024
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "aws_security_group" "undecided" {
  name = "fixture-undecided"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = var.admin_ranges
  }
}

# A dynamic block over a known list is read like written out.
# expect: FAIL sensitive-ports-closed-to-world
resource "aws_security_group" "dynamic" {
  name = "fixture-dynamic"
  dynamic "ingress" {
    for_each = local.open_ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "aws_security_group" "dynamic_undecided" {
  name = "fixture-dynamic-undecided"
  dynamic "ingress" {
    for_each = var.rules
    content {
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = [ingress.value.cidr]
    }
  }
}

# Rules of their own, over IPv6 and in two halves.
# expect: FAIL sensitive-ports-closed-to-world
resource "aws_security_group" "split" {
  name = "fixture-split"
}

resource "aws_vpc_security_group_ingress_rule" "split" {
  security_group_id = aws_security_group.split.id
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
  cidr_ipv6         = "::/0"
}

# expect: FAIL sensitive-ports-closed-to-world
resource "aws_security_group" "halves" {
  name = "fixture-halves"
}

resource "aws_security_group_rule" "halves" {
  security_group_id = aws_security_group.halves.id
  type              = "ingress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/1", "128.0.0.0/1"]
}

# expect: PASS sensitive-ports-closed-to-world
resource "aws_security_group" "internal" {
  name = "fixture-internal"
}

resource "aws_vpc_security_group_ingress_rule" "internal" {
  security_group_id            = aws_security_group.internal.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.web.id
}

# The group of these rules is declared elsewhere: each is judged by itself.
# expect: FAIL sensitive-ports-closed-to-world
resource "aws_security_group_rule" "elsewhere" {
  security_group_id = var.group
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 3306
  to_port           = 3306
  cidr_blocks       = ["0.0.0.0/0"]
}

# expect: PASS sensitive-ports-closed-to-world
resource "aws_vpc_security_group_ingress_rule" "elsewhere" {
  security_group_id = var.group
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

# expect: UNKNOWN sensitive-ports-closed-to-world
resource "aws_vpc_security_group_ingress_rule" "undecided" {
  security_group_id = var.group
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = var.admin_ranges[0]
}
